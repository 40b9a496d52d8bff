// validate INPUT ANSWER FEEDBACK_FOLDER [limit N] < OUTPUT
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

static std::string feedback;

[[noreturn]] static void wrong(const std::string &why)
{
    std::ofstream(feedback + "judgemessage.txt", std::ios::app) << why << '\n';
    std::exit(43);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 1;
    feedback = argv[3];
    std::ifstream input(argv[1]);
    long long sum, a, b;
    std::string rest;
    if (!(input >> sum))
        return 1;
    if (!(std::cin >> a >> b))
        wrong("two numbers are expected");
    if (std::cin >> rest)
        wrong("more than two numbers");
    if (a < 1 || b < 1 || a > sum || b > sum)
        wrong("out of range");
    if (a + b != sum)
        wrong("the sum is " + std::to_string(a + b) + ", not " + std::to_string(sum));
    return 42;
}
