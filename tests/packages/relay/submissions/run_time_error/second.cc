// Fine in its first pass, dead in its second.
#include <iostream>
#include <string>

int main()
{
    std::string task;
    std::cin >> task;
    if (task == "decode")
        return 1;
    std::cout << 1 << std::endl;
}
