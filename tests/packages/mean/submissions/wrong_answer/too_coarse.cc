#include <iostream>

int main()
{
    int n;
    double sum = 0, x = 0;

    std::cin >> n;
    for (int i = 0; i < n; i++) {
        std::cin >> x;
        sum += x;
    }
    std::cout.precision(2);
    std::cout << sum / n << '\n' << (x > sum / n ? "high" : "low") << std::endl;
}
