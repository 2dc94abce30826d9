package template

// url reads an AWS::Lambda::Url, as SAM makes one of FunctionUrlConfig.
func (b *builder) url(r resource) {
	id := attempt(&b.reader, b.e.functionOf, r)
	for i, f := range b.stack.Functions {
		if f.ID == id {
			b.stack.Functions[i].URL = b.functionURL(r.properties(), id)
			return
		}
	}
	b.invalid(r.value, "TargetFunctionArn is no function of the template")
}

// functionURL reads the properties of a function URL.
func (b *builder) functionURL(config value, function string) *FunctionURL {
	b.only(config, "AuthType InvokeMode", "TargetFunctionArn", "Cors")
	auth := b.choice(config, "AuthType", "", "NONE", "AWS_IAM")
	if auth == "" {
		b.invalid(config, "AuthType is missing")
	}
	return &FunctionURL{
		URL:       b.e.functionURL(function),
		IAM:       auth == "AWS_IAM",
		Streaming: b.choice(config, "InvokeMode", "BUFFERED", "BUFFERED", "RESPONSE_STREAM") == "RESPONSE_STREAM",
	}
}

// functionOf is the logical id of the function of a function URL.
func (e *evaluator) functionOf(r resource) string {
	if r.of != "" {
		return r.of
	}
	name, arg, _ := intrinsic(r.properties().raw("TargetFunctionArn"))
	for _, id := range references(name, arg) {
		return id
	}
	panic(e.invalid(r.value, "TargetFunctionArn must be !GetAtt or !Ref of a function of the template"))
}
