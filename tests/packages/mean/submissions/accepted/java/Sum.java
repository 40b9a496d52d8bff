class Sum {
    private double value;

    void add(double x) {
        value += x;
    }

    double value() {
        return value;
    }
}
