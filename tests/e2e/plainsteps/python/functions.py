"""Functions as functions-framework serves them, by HTTP and by CloudEvents."""

import functions_framework

import steps


@functions_framework.http
def plain(request):
    return steps.answer(request, "functions-framework")


@functions_framework.cloud_event
def event(cloud_event):
    # Whatever it returns, the framework answers OK: such a function has no reply.
    return {"type": cloud_event["type"], "data": cloud_event.data}
