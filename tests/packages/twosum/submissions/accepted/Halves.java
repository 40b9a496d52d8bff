import java.util.Scanner;

public class Halves {
    public static void main(String[] args) {
        int sum = new Scanner(System.in).nextInt();
        System.out.println((sum - 1) + " " + 1);
    }
}
