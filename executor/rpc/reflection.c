#include "executor/rpc/reflection.h"

#include <errno.h>
#include <grpc/reflection/v1/reflection.pb-c.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/own.h"
#include "executor/rpc/reply.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest request_type;
typedef Grpc__Reflection__V1__ServerReflectionResponse response_type;

#define ASKED(what) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##what
#define ANSWER(what) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##what

/* protobuf-c spends up to 64 bytes for one of a request; what is asked for is a name. */
enum { REQUEST_BYTES_MAX = 4096, SERVICES_MAX = 64, NAME_MAX_BYTES = 256 };

struct reflection {
    struct bl_call *call;
    const struct bl_span *set;
};

static int answer_error(struct bl_call *call, response_type response, enum bl_rpc_status status,
                        const char *text, struct bl_err *err)
{
    Grpc__Reflection__V1__ErrorResponse error = GRPC__REFLECTION__V1__ERROR_RESPONSE__INIT;

    error.error_code = (int32_t)status;
    error.error_message = (char *)text; /* protobuf-c packs only: its type lacks the const */
    response.message_response_case = ANSWER(ERROR_RESPONSE);
    response.error_response = &error;
    return bl_reply_send(call, &response.base, err);
}

static int answer_file(struct bl_call *call, response_type response, struct bl_span file,
                       struct bl_err *err)
{
    Grpc__Reflection__V1__FileDescriptorResponse found =
        GRPC__REFLECTION__V1__FILE_DESCRIPTOR_RESPONSE__INIT;
    ProtobufCBinaryData bytes = {file.length, (uint8_t *)file.bytes}; /* packed only */

    found.n_file_descriptor_proto = 1;
    found.file_descriptor_proto = &bytes;
    response.message_response_case = ANSWER(FILE_DESCRIPTOR_RESPONSE);
    response.file_descriptor_response = &found;
    return bl_reply_send(call, &response.base, err);
}

static int answer_services(struct bl_call *call, response_type response, struct bl_span set,
                           struct bl_err *err)
{
    struct bl_service_name names[SERVICES_MAX];
    char text[SERVICES_MAX][NAME_MAX_BYTES];
    Grpc__Reflection__V1__ServiceResponse services[SERVICES_MAX], *list[SERVICES_MAX];
    Grpc__Reflection__V1__ListServiceResponse found =
        GRPC__REFLECTION__V1__LIST_SERVICE_RESPONSE__INIT;
    size_t count = bl_descriptor_set_services(set, names, SERVICES_MAX);

    found.n_service = count < SERVICES_MAX ? count : SERVICES_MAX;
    found.service = list;
    for (size_t i = 0; i < found.n_service; i++) {
        (void)snprintf(text[i], NAME_MAX_BYTES, "%.*s%s%.*s", (int)names[i].package.length,
                       (const char *)names[i].package.bytes, names[i].package.length ? "." : "",
                       (int)names[i].name.length, (const char *)names[i].name.bytes);
        grpc__reflection__v1__service_response__init(&services[i]);
        services[i].name = text[i];
        list[i] = &services[i];
    }
    response.message_response_case = ANSWER(LIST_SERVICES_RESPONSE);
    response.list_services_response = &found;
    return bl_reply_send(call, &response.base, err);
}

static int answer(struct reflection *reflection, request_type *request, struct bl_err *err)
{
    response_type response = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT;
    struct bl_span file;
    bool found;

    response.valid_host = request->host;
    response.original_request = request;
    switch ((int)request->message_request_case) { /* one of its values only sizes the enum */
    case ASKED(LIST_SERVICES):
        return answer_services(reflection->call, response, *reflection->set, err);
    case ASKED(FILE_BY_FILENAME):
        found = bl_descriptor_set_file(*reflection->set, request->file_by_filename, &file);
        break;
    case ASKED(FILE_CONTAINING_SYMBOL):
        found = bl_descriptor_set_symbol(*reflection->set, request->file_containing_symbol, &file);
        break;
    case ASKED(FILE_CONTAINING_EXTENSION):
    case ASKED(ALL_EXTENSION_NUMBERS_OF_TYPE):
        found = false; /* proto3 has none */
        break;
    default:
        return answer_error(reflection->call, response, BL_RPC_INVALID_ARGUMENT,
                            "what is asked for?", err);
    }
    if (found)
        return answer_file(reflection->call, response, file, err);
    return answer_error(reflection->call, response, BL_RPC_NOT_FOUND, "not found", err);
}

static void on_message(void *ctx, const uint8_t *bytes, size_t length)
{
    struct reflection *reflection = ctx;
    request_type *request =
        length <= REQUEST_BYTES_MAX
            ? grpc__reflection__v1__server_reflection_request__unpack(NULL, length, bytes)
            : NULL;
    struct bl_err err;
    int status = 0;

    if (request)
        status = answer(reflection, request, &err);
    if (request && status == 0 && !bl_call_is_writable(reflection->call))
        bl_call_pause(reflection->call);
    if (request)
        grpc__reflection__v1__server_reflection_request__free_unpacked(request, NULL);
    if (request && status == 0)
        return;
    if (request)
        bl_call_fail(reflection->call, &err);
    else
        bl_call_finish(reflection->call, BL_RPC_INVALID_ARGUMENT, "the message can't be read", NULL,
                       0);
    free(reflection);
}

static void on_writable(void *ctx)
{
    bl_call_resume(((struct reflection *)ctx)->call);
}

static void on_half_close(void *ctx)
{
    struct reflection *reflection = ctx;

    bl_call_finish(reflection->call, BL_RPC_OK, NULL, NULL, 0);
    free(reflection);
}

static void on_cancel(void *ctx, enum bl_rpc_status why)
{
    (void)why;
    free(ctx);
}

static const struct bl_call_handlers handlers = {
    .on_message = on_message,
    .on_half_close = on_half_close,
    .on_writable = on_writable,
    .on_cancel = on_cancel,
};

static void on_call(void *service, struct bl_call *call)
{
    struct reflection *reflection = malloc(sizeof(*reflection));
    struct bl_err err;

    if (!reflection) {
        bl_err_fill(&err, BL_STEP_MEMORY, ENOMEM, "reflection");
        bl_call_fail(call, &err);
        return;
    }
    *reflection = (struct reflection){call, service};
    bl_call_accept(call, &handlers, reflection);
}

/* The two have one wire form. */
static const struct bl_method methods[] = {
    {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", BL_METHOD_MANY_REQUESTS, on_call},
    {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", BL_METHOD_MANY_REQUESTS,
     on_call},
    {NULL, BL_METHOD_MANY_REQUESTS, NULL},
};

struct bl_service bl_reflection_service(const struct bl_span *set)
{
    return (struct bl_service){methods, (void *)set}; /* read only: on_call gives it back so */
}
