// The functions of nats.c that are used, with their types. Enumerations are unsigned integers here, and structures are
// known by name only. A test compiles this list together with the header of the library.

typedef void (*nats_connection_handler)(natsConnection *, void *);
typedef NATS_STATUS (*nats_loop_attach)(void **, void *, natsConnection *, int);
typedef NATS_STATUS (*nats_loop_change)(void *, bool);
typedef NATS_STATUS (*nats_loop_detach)(void *);
typedef void (*nats_error_handler)(natsConnection *, natsSubscription *, NATS_STATUS, void *);

#define NATS_FUNCTIONS(F) \
    F(NATS_STATUS, nats_Open, (int64_t)) \
    F(const char *, nats_GetVersion, (void)) \
    F(uint32_t, nats_GetVersionNumber, (void)) \
    F(const char *, natsStatus_GetText, (NATS_STATUS)) \
    F(const char *, nats_GetLastError, (NATS_STATUS *)) \
    F(NATS_STATUS, natsOptions_Create, (natsOptions **)) \
    F(void, natsOptions_Destroy, (natsOptions *)) \
    F(NATS_STATUS, natsOptions_SetServers, (natsOptions *, const char **, int)) \
    F(NATS_STATUS, natsOptions_SetUserInfo, (natsOptions *, const char *, const char *)) \
    F(NATS_STATUS, natsOptions_SetUserCredentialsFromFiles, (natsOptions *, const char *, const char *)) \
    F(NATS_STATUS, natsOptions_LoadCATrustedCertificates, (natsOptions *, const char *)) \
    F(NATS_STATUS, natsOptions_SetSecure, (natsOptions *, bool)) \
    F(NATS_STATUS, natsOptions_SetIgnoreDiscoveredServers, (natsOptions *, bool)) \
    F(NATS_STATUS, natsOptions_SetName, (natsOptions *, const char *)) \
    F(NATS_STATUS, natsOptions_SetTimeout, (natsOptions *, int64_t)) \
    F(NATS_STATUS, natsOptions_SetMaxReconnect, (natsOptions *, int)) \
    F(NATS_STATUS, natsOptions_SetReconnectWait, (natsOptions *, int64_t)) \
    F(NATS_STATUS, natsOptions_SetPingInterval, (natsOptions *, int64_t)) \
    F(NATS_STATUS, natsOptions_SetMaxPingsOut, (natsOptions *, int)) \
    F(NATS_STATUS, natsOptions_SetSendAsap, (natsOptions *, bool)) \
    F(NATS_STATUS, natsOptions_SetWriteDeadline, (natsOptions *, int64_t)) \
    F(NATS_STATUS, natsOptions_SetEventLoop, \
        (natsOptions *, void *, nats_loop_attach, nats_loop_change, nats_loop_change, nats_loop_detach)) \
    F(NATS_STATUS, natsOptions_SetErrorHandler, (natsOptions *, nats_error_handler, void *)) \
    F(NATS_STATUS, natsOptions_SetDisconnectedCB, (natsOptions *, nats_connection_handler, void *)) \
    F(NATS_STATUS, natsOptions_SetReconnectedCB, (natsOptions *, nats_connection_handler, void *)) \
    F(NATS_STATUS, natsOptions_SetClosedCB, (natsOptions *, nats_connection_handler, void *)) \
    F(NATS_STATUS, natsConnection_Connect, (natsConnection **, natsOptions *)) \
    F(void, natsConnection_Close, (natsConnection *)) \
    F(void, natsConnection_Destroy, (natsConnection *)) \
    F(void, natsConnection_ProcessReadEvent, (natsConnection *)) \
    F(void, natsConnection_ProcessWriteEvent, (natsConnection *)) \
    F(int64_t, natsConnection_GetMaxPayload, (natsConnection *)) \
    F(NATS_STATUS, natsConnection_PublishRequest, (natsConnection *, const char *, const char *, const void *, int)) \
    F(NATS_STATUS, natsConnection_Publish, (natsConnection *, const char *, const void *, int)) \
    F(NATS_STATUS, natsConnection_PublishMsg, (natsConnection *, natsMsg *)) \
    F(NATS_STATUS, natsConnection_SubscribeSync, (natsSubscription **, natsConnection *, const char *)) \
    F(NATS_STATUS, natsSubscription_NextMsg, (natsMsg **, natsSubscription *, int64_t)) \
    F(const char *, natsSubscription_GetSubject, (natsSubscription *)) \
    F(NATS_STATUS, natsSubscription_SetPendingLimits, (natsSubscription *, int, int)) \
    F(void, natsSubscription_Destroy, (natsSubscription *)) \
    F(NATS_STATUS, natsMsg_Create, (natsMsg **, const char *, const char *, const char *, int)) \
    F(void, natsMsg_Destroy, (natsMsg *)) \
    F(const char *, natsMsg_GetSubject, (const natsMsg *)) \
    F(const char *, natsMsg_GetReply, (const natsMsg *)) \
    F(const char *, natsMsg_GetData, (const natsMsg *)) \
    F(int, natsMsg_GetDataLength, (const natsMsg *)) \
    F(NATS_STATUS, natsMsgHeader_Set, (natsMsg *, const char *, const char *)) \
    F(NATS_STATUS, natsMsgHeader_Get, (natsMsg *, const char *, const char **))
