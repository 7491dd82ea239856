// A resolver that does not answer, for LD_PRELOAD: who asks it for a name or an address waits for a minute.
#include <netdb.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t hosts, char *service,
    socklen_t services, int flags) {
	(void)address, (void)size, (void)host, (void)hosts, (void)service, (void)services, (void)flags;
	sleep(60);
	return EAI_AGAIN;
}

EXPORTED int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
	(void)node, (void)service, (void)hints, (void)found;
	sleep(60);
	return EAI_AGAIN;
}
