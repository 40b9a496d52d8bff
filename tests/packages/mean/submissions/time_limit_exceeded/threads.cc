// Four threads spend one budget, not four.
#include <thread>
#include <vector>

int main()
{
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([] {
            for (volatile unsigned k = 0;; k = k + 1)
                ;
        });
    for (auto &thread : threads)
        thread.join();
}
