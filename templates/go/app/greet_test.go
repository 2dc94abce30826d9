package function

import "testing"

func TestGreet(t *testing.T) {
	got, err := Greet(t.Context(), Person{Name: "Ada"})
	if want := (Greeting{Text: "Hello, Ada"}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestGreetRefusesNobody(t *testing.T) {
	if got, err := Greet(t.Context(), Person{}); err == nil {
		t.Errorf("got %+v", got)
	}
}
