public class Flood {
    public static void main(String[] args) {
        String line = "y".repeat(65536);
        while (true) {
            System.out.println(line);
        }
    }
}
