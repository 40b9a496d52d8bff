total = int(input())
print(1)
print(total - 1)
