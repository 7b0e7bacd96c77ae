#define _GNU_SOURCE
#include "CLocking.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct ptr_parker {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    bool is_woken;
};

static const uint64_t second = 1000000000;
// A year is as good as for ever, and overflows nothing.
static const uint64_t longest = 365ull * 86400 * 1000000000;

uint64_t ptr_monotonic_time(void) {
    struct timespec now;
#ifdef __APPLE__
    clock_gettime(CLOCK_UPTIME_RAW, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return now.tv_sec * second + now.tv_nsec;
}

ptr_parker *ptr_parker_make(void) {
    ptr_parker *parker = calloc(1, sizeof *parker);
    if (!parker) abort();
    pthread_mutex_init(&parker->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#ifndef __APPLE__
    // The time of day may be set.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init(&parker->condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return parker;
}

void ptr_parker_wait(ptr_parker *parker, uint64_t nanoseconds) {
    if (nanoseconds > longest) nanoseconds = longest;
    pthread_mutex_lock(&parker->mutex);
    if (!parker->is_woken) {
#ifdef __APPLE__
        struct timespec left = {.tv_sec = nanoseconds / second, .tv_nsec = nanoseconds % second};
        pthread_cond_timedwait_relative_np(&parker->condition, &parker->mutex, &left);
#else
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        nanoseconds += until.tv_nsec;
        until.tv_sec += nanoseconds / second;
        until.tv_nsec = nanoseconds % second;
        pthread_cond_timedwait(&parker->condition, &parker->mutex, &until);
#endif
    }
    parker->is_woken = false;
    pthread_mutex_unlock(&parker->mutex);
}

void ptr_parker_wake(ptr_parker *parker) {
    pthread_mutex_lock(&parker->mutex);
    parker->is_woken = true;
    pthread_mutex_unlock(&parker->mutex);
    pthread_cond_signal(&parker->condition);
}

struct body {
    void (*run)(void *);
    void *context;
    char name[16];
};

static void *live(void *argument) {
    struct body body = *(struct body *)argument;
    free(argument);
#ifdef __APPLE__
    pthread_setname_np(body.name);
#else
    pthread_setname_np(pthread_self(), body.name);
#endif
    body.run(body.context);
    return NULL;
}

int ptr_start_thread(const char *name, void (*run)(void *), void *context) {
    struct body *body = calloc(1, sizeof *body);
    if (!body) abort();
    body->run = run;
    body->context = context;
    strncpy(body->name, name, sizeof body->name - 1);
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, live, body);
    if (failure) {
        free(body);
        return failure;
    }
    pthread_detach(thread);
    return 0;
}
