import unittest

from functions import Problem
from functions.greet import handle


class Greet(unittest.TestCase):
    def test_greets(self):
        self.assertEqual(handle({"name": "Ada"}, {}), {"text": "Hello, Ada"})

    def test_refuses_nobody(self):
        with self.assertRaises(Problem) as refused:
            handle({}, {})
        self.assertEqual(refused.exception.status, 422)


if __name__ == "__main__":
    unittest.main()
