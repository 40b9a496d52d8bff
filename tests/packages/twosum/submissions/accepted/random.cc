#include <iostream>
#include <random>

int main()
{
    int sum;
    std::cin >> sum;
    std::random_device seed;
    int first = std::uniform_int_distribution<int>(1, sum - 1)(seed);
    std::cout << first << ' ' << sum - first << '\n';
}
