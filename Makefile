# A thin front for CMake and ctest: each target installs what Debian lacks for it (as root; else it
# says what to install), then does one thing. `make help` lists them.

BUILD ?= build
BAILIFF = $(BUILD)/bin/bailiff
# CTEST passes options on: make test CTEST="-L unit"
CTEST ?=
# How long each fuzz target runs.
FUZZ_SECONDS ?= 60
# ... and how many of them side by side.
FUZZ_AT_ONCE ?= 1
# How long a worker is killed under load.
CHAOS_SECONDS ?= 1800
# ... and in a guest, by its clock.
CHAOS_V2_SECONDS ?= 20
# Those that reach the warden, init and limits/: of what `make coverage` runs unless CTEST says else.
# Every call fails by itself, behind them: where counts are written, too, calls could fail.
PRIVILEGED_TESTS = -R '^(unit|sandbox|hostile)[.]|^e2e[.]test_(run_|places)' -E every_call
# How long programs by chance are tried in sandboxes.
ATTACK_SECONDS ?= 600

packages = scripts/install-packages
unpack = scripts/leave-to-owner $(1) scripts/unpack-packages $(1)
# Configured once; afterwards ninja finds out by itself what has changed. cmake would go on if asked
# again with another compiler, so each preset has its own folder.
configure = test -f $(1)/build.ninja || scripts/leave-to-owner $(1) cmake --preset $(2) -B $(1) >/dev/null
compile = scripts/leave-to-owner $(1) cmake --build $(1)

build: # everything, optimised, with assertions: build/bin/bailiff
	@$(packages) build
	@$(call configure,$(BUILD),release)
	@$(call compile,$(BUILD))

demo: # judges the packages of tests/packages and prints a table for each
	@$(packages) build test
	@$(call configure,$(BUILD),release)
	@$(call compile,$(BUILD)) --target bailiff
	@scripts/run-demo $(BAILIFF)

test: build # all tests, closed by a line of counts; walls need root
	@$(packages) test
	@$(call unpack,$(BUILD))
	@scripts/leave-to-owner $(BUILD) scripts/run-tests $(BUILD) $(CTEST)

test-v2: build # walls, limits and commands on cgroup v2, in throw-away virtual machines (root)
	@$(packages) test vm
	@$(call unpack,$(BUILD))
	@tests/vm/run-tests-v2 $(BUILD) $(CTEST)

test-v2-core: build # the core of that, in one guest, within minutes (root)
	@$(packages) test vm
	@tests/vm/core $(BUILD)

package: build # the Debian package: build/packages/*.deb
	@$(packages) package
	@cd $(BUILD) && cpack -G DEB

test-package: package # installs, uses and purges it in a throw-away virtual machine (root)
	@$(packages) test vm
	@tests/package/run $(BUILD)

test-cluster: build # three nats-servers, three workers, 5000 jobs, and deaths in the middle (root)
	@$(packages) test
	@BAILIFF=$(abspath $(BAILIFF)) /usr/bin/python3 -B tests/cluster/redelivery.py
	@BAILIFF=$(abspath $(BAILIFF)) /usr/bin/python3 -B tests/cluster/cluster.py

demo-cluster: build # the same with fewer jobs and two deaths, as a live table (root)
	@$(packages) test
	@BAILIFF=$(abspath $(BAILIFF)) /usr/bin/python3 -B tests/cluster/cluster.py \
	    --jobs 900 --deaths demo --table

bench: build # how fast it is beside the others: bench/results/latest.* (root, a few minutes)
	@$(packages) bench
	@bench/run $(BAILIFF)

bench-quick: build # the same with few rounds, in less than 45 s
	@$(packages) bench
	@bench/run --quick $(BAILIFF)

bench-cluster: build # what the queue costs its servers, and cells of 10,000 workers simulated with that
	@$(packages) test
	@/usr/bin/python3 -B bench/cluster/report.py $(BAILIFF)
	@/usr/bin/python3 -B bench/cluster/throughput.py $(BAILIFF)

bench-endurance: build # 100,000 runs, and what is left of them
	@BAILIFF_WARDEN=$(abspath $(BUILD))/bin/bailiff-warden \
	    $(BUILD)/bench/endurance --programs $(abspath $(BUILD))/bench/programs --rounds 100000

attack: build # the attacks, and ATTACK_SECONDS of programs by chance (root)
	@$(packages) test
	@BAILIFF_ATTACK_SECONDS=$(ATTACK_SECONDS) scripts/run-tests $(BUILD) -L hostile $(CTEST)
	@$(BAILIFF) selftest

faults: build # every system call of a start and an end, every allocation of a job fails in turn (root)
	@$(packages) test
	@BAILIFF_EVERY_CALL=1 $(BUILD)/tests/test_every_call
	@BAILIFF_EVERY_CALL=1 $(BUILD)/tests/test_every_call_daemon
	@BAILIFF_EVERY_CALL=1 BAILIFFD=$(abspath $(BUILD))/bin/bailiffd HAMPER=$(abspath $(BUILD))/tests/libhamper.so \
	    /usr/bin/python3 -B tests/e2e/daemon/test_hampered.py

faults-v2: build # its system calls on cgroup v2, one failure of each, in a guest: hours, or BAILIFF_PROCESS=0.0.1 (root)
	@$(packages) test vm
	@BAILIFF_EVERY_CALL=$${BAILIFF_EVERY_CALL:-once} tests/vm/faults $(BUILD)

chaos: build # a worker that is killed under hostile load for CHAOS_SECONDS, and a ledger (root)
	@$(packages) test
	@BAILIFFD=$(abspath $(BUILD))/bin/bailiffd \
	    /usr/bin/python3 -B tests/chaos/chaos.py --seconds $(CHAOS_SECONDS)

chaos-v2: build # the same on cgroup v2, for CHAOS_V2_SECONDS of a guest's (root)
	@$(packages) test vm
	@tests/vm/chaos $(BUILD) $(CHAOS_V2_SECONDS)

fuzz: # each fuzz target for FUZZ_SECONDS, FUZZ_AT_ONCE of them side by side
	@$(packages) build fuzz
	@$(call configure,build-fuzz,fuzz)
	@$(call compile,build-fuzz) --target fuzzers
	@scripts/run-fuzz build-fuzz $(FUZZ_SECONDS) $(FUZZ_AT_ONCE)

format: # lets clang-format lay out every C file
	@$(packages) lint
	@scripts/list-c-files | xargs clang-format -i

lint: build # floors, layout, clang-tidy, cppcheck
	@$(packages) lint
	@scripts/lint $(BUILD)

coverage: # which lines the tests reach: build-coverage/coverage; those they don't: docs/coverage.md
	@$(packages) build test coverage
	@$(call configure,build-coverage,coverage)
	@$(call compile,build-coverage)
	@$(call unpack,build-coverage)
	@find build-coverage -name '*.gcda' -delete
	@scripts/leave-to-owner build-coverage scripts/run-tests build-coverage $(or $(CTEST),$(PRIVILEGED_TESTS))
	@BAILIFF_EVERY_CALL=once build-coverage/tests/test_every_call
	@mkdir -p build-coverage/coverage
	@gcovr --root . --gcov-ignore-parse-errors --filter include/ --filter limits/ --filter executor/ \
	    --html-details build-coverage/coverage/index.html --print-summary build-coverage
	@scripts/uncovered build-coverage >build-coverage/coverage/uncovered.txt
	@tail -n 1 build-coverage/coverage/uncovered.txt
	@if [ -n '$(CTEST)' ] || [ -e /sys/fs/cgroup/cgroup.controllers ]; then \
	    echo "docs/coverage.md is about all these tests on cgroup v1: not compared"; \
	else scripts/check-coverage build-coverage/coverage/uncovered.txt; fi

install: build # bailiff to PREFIX/bin (/usr/local/bin), the rest below its libexec and share
	@cmake --install $(BUILD) $(if $(PREFIX),--prefix $(PREFIX))

uninstall: # removes the files of the last install, and the folders that are Bailiff's alone
	@scripts/uninstall $(BUILD)/install_manifest.txt

clean: # removes the build folders
	@rm -rf $(BUILD) build-clang build-asan build-fuzz build-coverage

help: # this list
	@awk -F ': *[^#]*# ' '/^[a-z0-9-]+:.*# / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: build demo test test-v2 test-v2-core test-cluster demo-cluster package test-package \
        bench bench-quick bench-cluster bench-endurance attack faults faults-v2 chaos chaos-v2 fuzz format lint coverage \
        install uninstall clean help
