import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

public class Swapped {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int n = Integer.parseInt(in.readLine().trim());
        double sum = 0;
        double last = 0;
        for (int i = 0; i < n; i++) {
            last = Double.parseDouble(in.readLine().trim());
            sum += last;
        }
        double mean = sum / n;
        System.out.println(mean + (last > mean ? " LOW" : " HIGH"));
    }
}
