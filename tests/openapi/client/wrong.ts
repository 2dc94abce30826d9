// What a client cannot do: every line behind an expectation is an error, so the
// file type-checks only as long as the types are real.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const client = createClient<paths>({ baseUrl: "" });
const params = { path: { shop: "corner" } };

// @ts-expect-error a member of another type
await client.POST("/shops/{shop}/orders", { params, body: { lines: [{ sku: 7, quantity: 2 }] } });
// @ts-expect-error a required member is missing
await client.POST("/shops/{shop}/orders", { params, body: { gift: true } });
// @ts-expect-error no such parameter
await client.GET("/shops/{shop}/orders", { params: { ...params, query: { before: "1" } } });
// @ts-expect-error no such path
await client.GET("/orders", {});
// @ts-expect-error the path has no such method
await client.DELETE("/shops/{shop}/orders", { params });
// @ts-expect-error the part of the path is missing
await client.GET("/shops/{shop}/orders", {});

declare const receipt: components["schemas"]["receipt"];
// @ts-expect-error a number of 64 bits is a text
export const total: number = receipt.total;
declare const page: components["schemas"]["page_receipt"];
// @ts-expect-error it may be null
export const next: string = page.next;
// @ts-expect-error no such member
receipt.colour;
