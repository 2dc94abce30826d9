"""The function {{homing.function}} of chain.yaml."""


def handle(data, event):
    return data
