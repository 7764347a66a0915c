"""python -m suite: the tasks."""

TASKS = {
    "digits": "a picture in, a digit (or another class) out",
    "speech": "one second of sound in, a word out",
    "sentiment": "a sentence in, negative, neutral or positive (or another label) out",
    "style": "a photograph in, a painting out",
}

if __name__ == "__main__":
    print("usage: python -m suite.TASK COMMAND ...\n")
    for name, about in TASKS.items():
        print(f"  python -m suite.{name:<12}{about}")
