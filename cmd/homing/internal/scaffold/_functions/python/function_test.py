import unittest

from functions.{{homing.file}} import handle


class {{homing.ident}}(unittest.TestCase):
    def test_returns_its_data(self):
        self.assertEqual(handle({"name": "Ada"}, {}), {"name": "Ada"})


if __name__ == "__main__":
    unittest.main()
