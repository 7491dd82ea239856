/* The look-alike's passthrough devices, and its interrupt sources: sysctls whose values are not of one line. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakevmm.h"

#define MAX_UNITS 256
#define MAX_IRQS 20000
#define MAX_LATER 16
#define LONGEST_STRIDE 39

static struct unit {
	int used;
	char selector[32];
	unsigned vendor, device, class_code;
} units[MAX_UNITS];

static struct source {
	char name[LONGEST_STRIDE];
	uint64_t count;
	long grow;
	long since;
} *sources;

static struct later {
	long reads;
	char line[128];
} laters[MAX_LATER];

static int source_count, later_count, stride;

void devices_reset(void)
{
	if (sources == NULL)
		sources = calloc(MAX_IRQS, sizeof *sources);
	memset(sources, 0, MAX_IRQS * sizeof *sources);
	memset(units, 0, sizeof units);
	later_count = 0;
	stride = 20;
	source_count = 1;
	strcpy(sources[0].name, "???");
}

static uint64_t count_of(const struct source *s)
{
	return s->count + (uint64_t)(s->grow * (now_ms() - s->since));
}

/* ---- the script */

/* INDEX COUNT [NAME] */
static int set_source(const char *text)
{
	int index, rest = 0;
	long count;

	if (sscanf(text, "%d %ld %n", &index, &count, &rest) < 2 || index < 0 || index >= MAX_IRQS)
		return -1;
	snprintf(sources[index].name, sizeof sources[index].name, "%s", text + rest);
	sources[index].count = (uint64_t)count;
	sources[index].grow = 0;
	source_count = index >= source_count ? index + 1 : source_count;
	return 0;
}

static int set_unit(const char *text)
{
	struct unit u = {.used = 1};
	int index, n = sscanf(text, "%d %31s %x %x %x", &index, u.selector, &u.vendor, &u.device, &u.class_code);

	if (n < 2 || index < 0 || index >= MAX_UNITS || (n != 5 && strcmp(u.selector, "none") != 0))
		return -1;
	u.used = n == 5;
	units[index] = u;
	return 0;
}

int devices_know(const char *verb)
{
	static const char *const verbs[] = {"ppt", "stride", "irqs", "irq", "intgrow", "irqafter"};

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verb, verbs[i]) == 0)
			return 1;
	return 0;
}

int devices_obey(const char *line)
{
	char verb[16];
	int rest = 0;
	long first = 0, second = 0;

	sscanf(line, "%15s %n", verb, &rest);
	int numbers = sscanf(line + rest, "%ld %ld", &first, &second);
	if (strcmp(verb, "ppt") == 0)
		return set_unit(line + rest);
	if (strcmp(verb, "irq") == 0)
		return set_source(line + rest);
	if (strcmp(verb, "stride") == 0 && numbers == 1 && (first == 20 || first == 39)) {
		stride = (int)first;
	} else if (strcmp(verb, "irqs") == 0 && numbers == 1 && first > 0 && first <= MAX_IRQS) {
		source_count = (int)first > source_count ? (int)first : source_count;
	} else if (strcmp(verb, "intgrow") == 0 && numbers == 2 && first >= 0 && first < source_count) {
		sources[first].count = count_of(&sources[first]);
		sources[first].grow = second;
		sources[first].since = now_ms();
	} else if (strcmp(verb, "irqafter") == 0 && numbers == 2 && first > 0 && later_count < MAX_LATER) {
		int skip = 0;
		sscanf(line + rest, "%*d %n", &skip);
		laters[later_count].reads = first;
		snprintf(laters[later_count++].line, sizeof laters[0].line, "%s", line + rest + skip);
	} else {
		return -1;
	}
	return 0;
}

static void counts_were_read(void)
{
	for (int i = 0; i < later_count; i++)
		if (laters[i].reads > 0 && --laters[i].reads == 0)
			set_source(laters[i].line);
}

/* ---- the sysctls */

/* As the kernel does it: what fits is copied also where not all of it does. */
static int give(const void *from, size_t size, void *value, size_t *length)
{
	size_t room = *length;

	*length = size;
	if (value == NULL)
		return 0;
	memcpy(value, from, room < size ? room : size);
	if (room >= size)
		return 0;
	*length = room;
	return E_NOMEM;
}

static int give_names(void *value, size_t *length)
{
	size_t size = (size_t)source_count * (size_t)stride;
	char *all = calloc(1, size);
	char slot[LONGEST_STRIDE + 1];

	for (int i = 0; i < source_count; i++) {
		if (sources[i].name[0] == '\0')
			continue;
		snprintf(slot, (size_t)stride, "%-*s", stride - 1, sources[i].name);
		memcpy(all + i * stride, slot, (size_t)stride);
	}
	int error = give(all, size, value, length);
	free(all);
	return error;
}

static int give_counts(void *value, size_t *length)
{
	uint64_t *all = calloc((size_t)source_count, sizeof *all);

	for (int i = 0; i < source_count; i++)
		all[i] = count_of(&sources[i]);
	int error = give(all, (size_t)source_count * sizeof *all, value, length);
	free(all);
	if (value != NULL && error == 0)
		counts_were_read();
	return error;
}

static int give_unit(const struct unit *u, const char *leaf, void *value, size_t *length)
{
	char text[160];
	int slot = 0, function = 0;

	sscanf(u->selector, "pci%*d:%*d:%d:%d", &slot, &function);
	if (!u->used)
		return E_NOENT;
	if (strcmp(leaf, "%location") == 0)
		snprintf(text, sizeof text, "slot=%d function=%d dbsf=%s handle=\\_SB_.PCI0.GP%d", slot, function,
			u->selector, slot);
	else if (strcmp(leaf, "%pnpinfo") == 0)
		snprintf(text, sizeof text, "vendor=0x%04x device=0x%04x subvendor=0x1043 subdevice=0x04fe class=0x%06x",
			u->vendor, u->device, u->class_code);
	else if (strcmp(leaf, "%driver") == 0)
		snprintf(text, sizeof text, "ppt");
	else
		return E_NOENT;
	return give(text, strlen(text) + 1, value, length);
}

int device_sysctl(const char *name, void *value, size_t *length)
{
	int unit = 0, leaf = 0;

	if (strcmp(name, "hw.intrnames") == 0)
		return give_names(value, length);
	if (strcmp(name, "hw.intrcnt") == 0)
		return give_counts(value, length);
	if (sscanf(name, "dev.ppt.%d.%n", &unit, &leaf) == 1 && leaf > 0 && unit >= 0 && unit < MAX_UNITS)
		return give_unit(&units[unit], name + leaf, value, length);
	return -1;
}
