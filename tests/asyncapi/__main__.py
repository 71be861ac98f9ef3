"""`make asyncapi`: writes docs/asyncapi.yaml."""

from tests.asyncapi.writing import PLACE, generated

PLACE.write_text(generated(), encoding="utf-8")
print(f"{PLACE.name} 已生成 · was generated")
