#include <iostream>
#include <string>

int main()
{
    std::string task, text;
    std::cin >> task >> text;
    std::cout << text << std::endl;
}
