if input() == "encode":
    print(1)
else:
    while True:
        pass
