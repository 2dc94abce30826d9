// Package mermaid draws chains as a Mermaid flowchart, which Markdown on many
// sites shows as a picture.
package mermaid
