import java.util.Scanner;

public class Digits {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        String task = in.next(), text = in.next();
        StringBuilder out = new StringBuilder();
        if (task.equals("encode")) {
            for (char c : text.toCharArray()) {
                out.append(c - 'a' + 10);
            }
        } else {
            for (int i = 0; i < text.length(); i += 2) {
                out.append((char) (Integer.parseInt(text.substring(i, i + 2)) - 10 + 'a'));
            }
        }
        System.out.println(out);
    }
}
