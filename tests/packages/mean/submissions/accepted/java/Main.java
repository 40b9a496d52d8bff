import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

public class Main {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int n = Integer.parseInt(in.readLine().trim());
        Sum sum = new Sum();
        double last = 0;
        for (int i = 0; i < n; i++) {
            last = Double.parseDouble(in.readLine().trim());
            sum.add(last);
        }
        double mean = sum.value() / n;
        System.out.println(mean + (last > mean ? " HIGH" : " LOW"));
    }
}
