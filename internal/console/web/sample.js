// deep is how far a schema that contains itself is followed.
const deep = 6;

/** sample makes a value that a JSON Schema of the OpenAPI document takes. */
export function sample(schema, document, depth = 0) {
  if (!schema || depth > deep) return undefined;
  if (schema.$ref) {
    const at = schema.$ref.split("/").slice(1).reduce((part, key) => part?.[key], document);
    return sample(at, document, depth + 1);
  }
  for (const given of [schema.example, schema.examples?.[0], schema.default, schema.const, schema.enum?.[0]]) {
    if (given !== undefined) return given;
  }
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return sample(choice.find((one) => one.type !== "null"), document, depth);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => sample(one, document, depth)));
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (type === "object" || schema.properties) {
    const made = {};
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const value = sample(property, document, depth + 1);
      if (value !== undefined) made[name] = value;
    }
    return made;
  }
  if (type === "array") {
    const item = sample(schema.items, document, depth + 1);
    return item === undefined ? [] : [item];
  }
  return scalar(type, schema);
}

function scalar(type, schema) {
  switch (type) {
    case "integer":
    case "number":
      return schema.minimum ?? (schema.exclusiveMinimum !== undefined ? schema.exclusiveMinimum + 1 : 1);
    case "boolean":
      return true;
    case "string":
      return { date: "2026-01-31", "date-time": "2026-01-31T12:00:00Z", email: "ann@example.com", uri: "https://example.com", uuid: "01890a5d-ac96-774b-bcce-b302099a8057" }[schema.format]
        ?? "text".padEnd(schema.minLength ?? 0, "x").slice(0, schema.maxLength ?? Infinity);
    default:
      return undefined;
  }
}
