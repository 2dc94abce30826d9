"""What schemathesis is told beside its configuration."""

import json
import pathlib

import schemathesis
from hypothesis import strategies as st

SAMPLES = pathlib.Path(__file__).parents[2] / "testdata"
ORDERS = [json.loads((SAMPLES / name).read_text()) for name in ("order.json", "bern.json", "tokyo.json")]
PHOTO = (SAMPLES / "photo.jpg").read_bytes()

# Half of the pictures are one; of the others some begin like one.
PICTURES = st.one_of(st.just(PHOTO), st.binary(), st.integers(1, len(PHOTO)).map(lambda n: PHOTO[:n]))
for media_type in ("image/jpeg", "image/png", "image/gif", "image/webp"):
    schemathesis.openapi.media_type(media_type, PICTURES)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Demands that every status is declared by its number, and says what an
    order looks like.

    The responses have a default, for the statuses that functions of users
    choose. It would let any status of the adapter pass; the samples need none.
    """
    for item in raw_schema["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.get("responses", {}).pop("default", None)
    if "/quote" not in raw_schema["paths"]:
        return  # the typed app
    order = raw_schema["paths"]["/quote"]["post"]["requestBody"]["content"]["application/json"]
    order["schema"] = {"anyOf": [{"enum": ORDERS}, {}]}
