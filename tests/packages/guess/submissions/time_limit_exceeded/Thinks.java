public class Thinks {
    public static void main(String[] args) {
        System.out.println(500);
        long i = 0;
        while (i >= 0) {
            i = (i + 1) % 1000;
        }
    }
}
