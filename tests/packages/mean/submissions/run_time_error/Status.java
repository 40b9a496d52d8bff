public class Status {
    public static void main(String[] args) {
        System.exit(7);
    }
}
