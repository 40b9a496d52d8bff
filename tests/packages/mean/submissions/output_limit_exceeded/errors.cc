// The flood goes to standard error, where nobody reads it.
#include <iostream>

int main()
{
    for (;;)
        std::cerr << "lamentation ";
}
