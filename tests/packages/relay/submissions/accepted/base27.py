task, text = input(), input()
if task == "encode":
    number = 0
    for letter in text:
        number = number * 27 + ord(letter) - 96
    print(number)
else:
    number, word = int(text), ""
    while number:
        word = chr(number % 27 + 96) + word
        number //= 27
    print(word)
