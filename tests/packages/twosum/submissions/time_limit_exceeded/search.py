total = int(input())
for a in range(1, total):
    for b in range(1, total):
        if a + b == total and a * b == (total // 2) * (total - total // 2):
            print(a, b)
            raise SystemExit
