/* docker_policy.h - where Docker's own default seccomp profile lies, as Debian has it
 * (scripts/unpack-packages). */
#ifndef BL_TESTS_SUPPORT_DOCKER_POLICY_H
#define BL_TESTS_SUPPORT_DOCKER_POLICY_H

#define BL_DOCKER_POLICY                                                            \
    BAILIFF_BINARY_DIR "/unpacked/golang-github-docker-docker-dev/usr/share/gocode" \
                       "/src/github.com/docker/docker/profiles/seccomp/default.json"

#endif
