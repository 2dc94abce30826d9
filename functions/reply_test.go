package functions_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func ExampleTypedEvent() {
	type order struct{ SKU string }
	type receipt struct{ ID, SKU string }
	place := functions.TypedEvent(func(_ context.Context, in order, ev event.Event, reply *event.Event) (receipt, error) {
		id := functions.PathValue(ev, "shop") + "-1"
		functions.SetStatus(reply, http.StatusCreated)
		functions.SetHeader(reply, "Location", "/orders/"+id)
		return receipt{ID: id, SKU: in.SKU}, nil
	})

	ev := event.New()
	ev.SetExtension(functions.AttrHTTPRoute, "/shops/{shop}/orders")
	ev.SetExtension(functions.AttrHTTPPath, "/shops/corner/orders")
	ev.DataEncoded = []byte(`{"SKU":"tea"}`)
	reply, err := place(context.Background(), ev)
	fmt.Println(string(reply.Data()), err)
	fmt.Println(functions.Attribute(*reply, functions.AttrHTTPStatus), functions.Attribute(*reply, functions.AttrHTTPHeaders))
	// Output:
	// {"ID":"corner-1","SKU":"tea"} <nil>
	// 201 Location=%2Forders%2Fcorner-1
}

func ExampleForm() {
	ev := event.New()
	ev.SetDataContentType("multipart/form-data; boundary=x")
	ev.DataEncoded = []byte("--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nCat\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"cat.txt\"\r\n\r\nmeow\r\n--x--\r\n")

	form, err := functions.Form(ev)
	if err != nil {
		fmt.Println(err)
		return
	}
	photo := form.File["photo"][0]
	file, err := photo.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := io.ReadAll(file)
	fmt.Println(form.Value["title"], photo.Filename, string(data), err)
	// Output: [Cat] cat.txt meow <nil>
}

func ExampleSetCookie() {
	refused := functions.Errorf(http.StatusUnauthorized, "sign in first")
	functions.SetHeader(refused, "WWW-Authenticate", `Basic realm="shop"`)
	functions.SetCookie(refused, &http.Cookie{Name: "session", MaxAge: -1})

	h, err := functions.ParseHeaders(refused.Headers)
	fmt.Println(h["Www-Authenticate"], h["Set-Cookie"], err)
	// Output: [Basic realm="shop"] [session=; Max-Age=0] <nil>
}

func ExampleAttempt() {
	charge := func(ctx context.Context, _ event.Event) (*event.Event, error) {
		if functions.Attempt(ctx) > 1 {
			fmt.Println("look first whether the former attempt has charged")
		}
		return nil, nil
	}
	_, _ = charge(context.Background(), event.New())
	_, _ = charge(functions.WithAttempt(context.Background(), 2), event.New())
	// Output: look first whether the former attempt has charged
}

func TestHeadersAreOfTheReply(t *testing.T) {
	t.Parallel()
	for _, version := range []string{event.CloudEventsVersionV1, event.CloudEventsVersionV03} {
		ev := event.New(version)
		functions.SetHeader(&ev, "x-a", "1")
		functions.SetHeader(&ev, "X-A", "2 ä&=,;"[:2]+"&=,;+%")
		functions.AddHeader(&ev, "link", "<b>")
		functions.AddHeader(&ev, "Link", "<a>")
		functions.SetCookie(&ev, &http.Cookie{Name: "a", Value: "1", HttpOnly: true})
		functions.SetCookie(&ev, &http.Cookie{Name: "b", Value: "2"})
		got, err := functions.ParseHeaders(functions.Attribute(ev, functions.AttrHTTPHeaders))
		want := "map[Link:[<b> <a>] Set-Cookie:[a=1; HttpOnly b=2] X-A:[2 &=,;+%]]"
		if err != nil || fmt.Sprint(got) != want || len(ev.FieldErrors) != 0 {
			t.Errorf("%s: got %v, %v", version, got, err)
		}
	}
	var none event.Event
	functions.SetHeader(&none, "X-A", "1")
	if got := functions.Attribute(none, functions.AttrHTTPHeaders); got != "X-A=1" {
		t.Errorf("an event without attributes: %q", got)
	}
}

func TestHeadersThatCannotBeSetAreNamed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"connection": "of one connection", "Keep-Alive": "of one connection", "TE": "of one connection", "upgrade": "of one connection",
		"proxy-connection": "of one connection", "Transfer-Encoding": "frames the answer", "content-length": "frames the answer",
		"Trailer": "frames the answer", "Content-Encoding": "frames the answer", "Content-Type": "datacontenttype",
		"X-Request-ID": "the adapter sets it", "preference-applied": "the adapter sets it", "Idempotency-Replayed": "the adapter sets it",
		"X-Content-Type-Options": "the adapter sets it", "Date": "the adapter sets it",
		"ce-id": "attribute of an event", "CE-X": "attribute of an event", "": "no name", "a b": "no name", "a:b": "no name",
		"Trailer:X": "no name", "X\r\nY": "no name", "ü": "no name", "\u212aeep-Alive": "no name",
	} {
		ev := event.New()
		functions.AddHeader(&ev, name, "secret")
		got, err := functions.ParseHeaders(functions.Attribute(ev, functions.AttrHTTPHeaders))
		if got != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v, %v", name, got, err)
		}
	}
	for _, value := range []string{"a\r\nX: y", "\x00", "a\tb", "\x7f", "é", "\xff", "\u0085"} {
		ev := event.New()
		functions.SetHeader(&ev, "X-A", value)
		if got, err := functions.ParseHeaders(functions.Attribute(ev, functions.AttrHTTPHeaders)); err == nil {
			t.Errorf("%q: got %v", value, got)
		}
	}
	for _, cookie := range []*http.Cookie{nil, {}, {Name: "a b"}, {Name: "a", Value: "x\r\ny"}, {Name: "a", Path: ";"}} {
		err := functions.Errorf(http.StatusConflict, "no")
		functions.SetCookie(err, cookie)
		if got, refused := functions.ParseHeaders(err.Headers); refused == nil {
			t.Errorf("%v: got %v", cookie, got)
		}
	}
	if _, err := functions.ParseHeaders("a=%zz"); err == nil {
		t.Error("what is not form-encoded passes")
	}
}

func TestPathValues(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ route, path, want string }{
		"one":             {"/a/{x}", "/a/1", "1"},
		"escaped":         {"/a/{x}/b", "/a/%2F%C3%A9%20/b", "/é "},
		"escaped literal": {"/a%2Fb/{x}", "/a%2fb/1", "1"},
		"second":          {"/{y}/{x}", "/1/2", "2"},
		"rest":            {"/a/{x...}", "/a/b//c%2Fd/", "b//c/d/"},
		"empty rest":      {"/a/{x...}", "/a/", ""},
		"behind":          {"/{x}/{$}", "/1/", "1"},
		"other name":      {"/{y}", "/1", ""},
		"none":            {"", "/1", ""},
		"not decodable":   {"/{x}", "/%zz", "%zz"},
		"shorter path":    {"/a/b/{x}", "/a", ""},
	} {
		ev := with(functions.AttrHTTPRoute, tt.route)
		ev.SetExtension(functions.AttrHTTPPath, tt.path)
		if got := functions.PathValue(ev, "x"); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
	for _, name := range []string{"", "x", "$", "..."} {
		if got := functions.PathValue(event.Event{}, name); got != "" {
			t.Errorf("got %q of an event without attributes", got)
		}
	}
}

func TestFormsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	part := "--x\r\nContent-Disposition: form-data; name=\"a/b\"\r\n\r\n"
	for name, tt := range map[string]struct {
		contentType, data string
		status            int
	}{
		"JSON":            {"application/json", "{}", 415},
		"no type":         {"", "a=1", 415},
		"mixed":           {"multipart/mixed; boundary=x", part + "1\r\n--x--", 415},
		"no boundary":     {"multipart/form-data", part + "1\r\n--x--", 400},
		"other boundary":  {"multipart/form-data; boundary=y", part + "1\r\n--x--", 400},
		"cut off":         {"multipart/form-data; boundary=x", part + "1", 400},
		"empty":           {"multipart/form-data; boundary=x", "", 400},
		"bad parameter":   {"multipart/form-data; boundary=x; =", part + "1\r\n--x--", 400},
		"escape":          {"application/x-www-form-urlencoded", "a=%zz", 400},
		"semicolon":       {"application/x-www-form-urlencoded", "a=1;b=2", 400},
		"too many parts":  {"multipart/form-data; boundary=x", strings.Repeat(part+"1\r\n", 1001) + "--x--", 413},
		"other charset":   {"multipart/form-data; boundary=x", part + "\xe9\r\n--x--", 422},
		"charset escaped": {"application/x-www-form-urlencoded", "a/b=%E9", 422},
	} {
		ev := event.New()
		ev.SetDataContentType(tt.contentType)
		ev.DataEncoded = []byte(tt.data)
		_, err := functions.Form(ev)
		var own *functions.Error
		if !errors.As(err, &own) || own.StatusCode() != tt.status || own.Detail == "" {
			t.Errorf("%s: got %v, want %d", name, err, tt.status)
		} else if tt.status == 422 && own.Errors[0].Pointer != "#/a~1b" {
			t.Errorf("%s: got %v", name, own.Errors)
		}
	}
	ev := event.New()
	ev.SetDataContentType("Application/X-WWW-Form-URLEncoded; charset=utf-8")
	ev.DataEncoded = []byte("a=1&a=2&b=%C3%A9+x")
	form, err := functions.Form(ev)
	if err != nil || fmt.Sprint(form.Value) != "map[a:[1 2] b:[é x]]" || form.File["a"] != nil {
		t.Errorf("got %v, %v", form, err)
	}
}

func TestTypedEventWithoutABody(t *testing.T) {
	t.Parallel()
	f := functions.TypedEvent(func(_ context.Context, _ struct{}, ev event.Event, reply *event.Event) (string, error) {
		reply.SetDataContentType("application/hal+json")
		return functions.Query(ev).Get("q"), nil
	})
	out, err := f(t.Context(), with(functions.AttrHTTPQuery, "q=x"))
	if err != nil || string(out.Data()) != `"x"` || out.DataContentType() != "application/hal+json" {
		t.Errorf("got %v, %v", out, err)
	}
	if _, err := f(t.Context(), event.Event{DataEncoded: []byte("x")}); err == nil {
		t.Error("a body that is no JSON passes")
	}
}
