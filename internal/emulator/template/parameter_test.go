package template_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator/template"
)

func TestParameters(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		declared string
		given    map[string]string
		want     string // the value, or a part of the error that begins with "!"
	}{
		"default":                 {"{Type: String, Default: a}", nil, "a"},
		"given":                   {"{Type: String, Default: a}", map[string]string{"P": "b"}, "b"},
		"given empty":             {"{Type: String, Default: a}", map[string]string{"P": ""}, ""},
		"number":                  {"{Type: Number, Default: 1.5}", nil, "1.5"},
		"list":                    {"{Type: CommaDelimitedList, Default: 'a , b'}", nil, "!must be a single value"},
		"resource's id":           {"{Type: 'AWS::EC2::VPC::Id', Default: vpc-1}", nil, "vpc-1"},
		"from SSM":                {"{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}", map[string]string{"P": "x"}, "x"},
		"from SSM, not given":     {"{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}", nil, "!parameter in SSM"},
		"no value":                {"{Type: String}", nil, "!Parameters.P: the parameter has neither"},
		"no type":                 {"{Default: a}", nil, "!Parameters.P: the parameter has no Type"},
		"unknown":                 {"{Type: String, Default: a}", map[string]string{"p": "b"}, `!there is no parameter "p"; there are: P`},
		"not allowed":             {"{Type: String, Default: a, AllowedValues: [a, b]}", map[string]string{"P": "c"}, `!"c" is none of the allowed values a, b`},
		"allowed number":          {"{Type: Number, Default: 1, AllowedValues: [1, 2]}", map[string]string{"P": "2"}, "2"},
		"pattern":                 {"{Type: String, Default: a, AllowedPattern: 'a|b'}", map[string]string{"P": "ab"}, "!does not match the allowed pattern a|b"},
		"pattern, explained":      {"{Type: String, Default: '', AllowedPattern: a, ConstraintDescription: must be a}", nil, "!: must be a"},
		"pattern of Java":         {"{Type: String, Default: b, AllowedPattern: '(?!a).*'}", nil, "b"},
		"not a number":            {"{Type: Number, Default: x}", nil, `!"x" is not a number`},
		"less":                    {"{Type: Number, Default: 1, MinValue: 2}", nil, `!"1" is beyond MinValue 2`},
		"more":                    {"{Type: Number, Default: 9, MaxValue: 8}", nil, `!"9" is beyond MaxValue 8`},
		"short":                   {"{Type: String, Default: é, MinLength: 2}", nil, "!has a length beyond MinLength 2"},
		"long":                    {"{Type: String, Default: éé, MaxLength: 1}", nil, "!has a length beyond MaxLength 1"},
		"limit that is no number": {"{Type: String, Default: a, MaxLength: x}", nil, "!Parameters.P.MaxLength: is not a number"},
		"secret":                  {"{Type: String, NoEcho: true}", map[string]string{"P": "hush-hush"}, "hush-hush"},
		"wrong secret":            {"{Type: String, NoEcho: true, MaxLength: 4}", map[string]string{"P": "hush-hush"}, "!its value has a length beyond"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "Parameters: {P: " + tc.declared + "}\nResources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {O: {Value: !Ref P}}"
			stack, err := template.Parse("t.yaml", "/srv", []byte(text), tc.given, template.Options{})
			if want, wrong := strings.CutPrefix(tc.want, "!"); wrong {
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
					t.Errorf("got %v, want %s", err, want)
				}
				return
			}
			if err != nil || stack.Outputs[0].Value != tc.want {
				t.Errorf("got %+v, %v", stack.Outputs, err)
			}
		})
	}
}

func TestSecretIsNotShownWhereItIsUsed(t *testing.T) {
	t.Parallel()
	text := "Parameters: {P: {Type: String, NoEcho: true}}\n" +
		"Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Sub 'x${P}', FifoQueue: !Ref P}}}"
	_, err := template.Parse("t.yaml", "/srv", []byte(text), map[string]string{"P": "hush"}, template.Options{})
	if err == nil || strings.Contains(err.Error(), "hush") || strings.Count(err.Error(), "its value") != 2 {
		t.Errorf("got %v", err)
	}
}
