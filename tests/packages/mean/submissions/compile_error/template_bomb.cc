// Instantiates without end: the compiler's own limit, or ours, has to stop it.
template <int n> struct bomb {
    static const int value = bomb<n + 1>::value + bomb<n + 2>::value;
};

int main()
{
    return bomb<0>::value;
}
