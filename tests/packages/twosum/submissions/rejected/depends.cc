// Right for small sums, silent for large ones: what submissions.yaml says of it.
#include <iostream>

int main()
{
    long long sum;
    std::cin >> sum;
    if (sum < 1000)
        std::cout << 1 << ' ' << sum - 1 << '\n';
}
