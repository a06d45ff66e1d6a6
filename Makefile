# What a user and a contributor do, in short words. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PREFIX ?= /usr/local
SWIFT ?= swift
ARGS ?=
SECONDS ?=
FILTER ?=

# Debian packages: to build, and then to run, and what the test scripts use.
BUILD_PACKAGES := gcc g++ binutils libc6-dev pkg-config liblua5.4-dev libseccomp-dev
PACKAGES := $(BUILD_PACKAGES) \
	libedit2 \
	lua5.4 lua-cjson lua-filesystem lua-lpeg lua-socket lua-cqueues lua-luv lua-penlight libjpeg-turbo-progs tzdata \
	python3-pip libsqlite3-dev nats-server libnats3.4 libnats-dev openssl iproute2

BINARY := .build/release/luaconc
FORMATTED := Package.swift Plugins Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources Benchmarks/Embedding \
	Jobs/Package.swift Jobs/Sources Jobs/Tests

# The manifest says how the command is linked. What the linker finds here comes first: libstdc++.a without the .so that it
# prefers, and Lua as one object file. Lua's own command has Lua inside too, which is faster than the shared library by up
# to a quarter; compiled modules find its functions because those of object files are exported, those of archives are not.
# Some of these functions are doors (doors.c), so that it is known what C code does with coroutines and errors. Whether its
# layout is the one that layout.h knows is found out here, and not at each start.
# Where the interpreter begins in a line of the cache is fixed, so that two builds can be compared: without it plain code
# (plain-nbody) becomes up to 7 % slower or faster with any change elsewhere.
STATIC := $(CURDIR)/.build/static
LINK := --disable-local-rpath --pkg-config-path $(STATIC) -Xlinker $(STATIC)/lua.o

# What a start needs of the code lies side by side: functions are linked in the order in which the finished program calls
# them first. Otherwise they are spread over six megabytes, and a start takes 30 page faults more, each for 64 KiB.
# What many programs do (Layout/uses.lua) comes next: to do it for the first time takes fewer page faults then, too.
# Where the program cannot be watched the order stays as it is.
ORDER := $(STATIC)/order.txt
LINK += -Xswiftc -Xfrontend -Xswiftc -function-sections -Xcc -ffunction-sections \
	-Xlinker --section-ordering-file -Xlinker $(ORDER)
STARTS := 'thread.spawn(print):join() for _ = 1, 5 do process.spawn(print):join() sleep(0.1) end'

# Exclusive access to a class's fields is checked while testing, not at every access of the finished program.
OPTIMIZE := -Xswiftc -enforce-exclusivity=unchecked

.PHONY: help setup check check-swift build run test test-compat cluster-proof examples jobs build-jobs bench format lint install \
	install-data install-jobs uninstall uninstall-jobs deb clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Which of the packages are missing, after `installed` in the shell.
MISSING = installed=" $$(dpkg-query -W -f '$${db:Status-Status} $${Package}\n' $(PACKAGES) 2>/dev/null \
	| sed -n 's/^installed //p' | tr '\n' ' ')" || true; \
	missing=; \
	for package in $(PACKAGES); do [[ $$installed == *" $$package "* ]] || missing+=" $$package"; done

setup: ## install the Debian packages that are missing, and say so before
	@$(MISSING); \
	if [[ -n $$missing ]]; then \
		if ! command -v apt-get >/dev/null; then \
			echo "make: this system has no apt-get; its own packages of these are needed:$$missing" >&2; exit 1; \
		fi; \
		as_root=; \
		if [[ $$(id -u) != 0 ]]; then \
			as_root=sudo; \
			if ! command -v sudo >/dev/null; then \
				echo "make: as root, run: apt-get install$$missing" >&2; exit 1; \
			fi; \
		fi; \
		echo "Installing, with $${as_root:+$$as_root }apt-get:$$missing"; \
		$$as_root apt-get update -qq; \
		$$as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
	@$(MAKE) check-swift

# The same, but it installs nothing.
check: PACKAGES := $(BUILD_PACKAGES)
check:
	@$(MISSING); \
	if [[ -n $$missing ]]; then \
		echo "make: packages are missing:$$missing" >&2; \
		echo "make: install them with: sudo apt-get install$$missing   (or: make setup)" >&2; exit 1; \
	fi
	@$(MAKE) check-swift

check-swift:
	@command -v $(SWIFT) >/dev/null || { echo "make: Swift 6.3 is not in PATH: see https://www.swift.org/install" >&2; exit 1; }

PROBED := Sources/CFence/layout.c Sources/CFence/layout.h Sources/CFence/include/CFence.h
$(STATIC)/lua5.4.pc: Makefile $(PROBED) | check
	@mkdir -p $(STATIC)
	@ln -sf "$$(gcc -print-file-name=libstdc++.a)" $(STATIC)/libstdc++.a
	@archive=$$(pkg-config --variable=libdir lua5.4)/liblua5.4.a; cd $(STATIC); \
	ld -r -o lua.o --whole-archive "$$archive"; \
	place=$$(nm lua.o | awk '$$3 == "luaV_execute" { print $$1 }'); \
	printf '.text\n.p2align 6\n.space %d\n.section .note.GNU-stack,"",@progbits\n' \
		$$(((48 - 16#$${place:-0} % 64 + 64) % 64)) | as -o align.o; \
	ld -r -o lua.o align.o --wrap=lua_error --whole-archive "$$archive"; \
	objcopy $(foreach f,resume pcallk error,--redefine-sym lua_$f=fence_lua_$f) \
		--redefine-sym __wrap_lua_error=lua_error lua.o; \
	printf '%s\n' '#include <lua.h>' \
		'int fence_door_resume(lua_State *, lua_State *, int, int *), fence_door_error(lua_State *);' \
		'int fence_door_pcallk(lua_State *, int, int, int, lua_KContext, lua_KFunction);' \
		'_Noreturn void fence_door_exit(int);' \
		'int lua_resume(lua_State *L, lua_State *f, int n, int *r) { return fence_door_resume(L, f, n, r); }' \
		'int lua_pcallk(lua_State *L, int n, int r, int h, lua_KContext c, lua_KFunction k)' \
		'{ return fence_door_pcallk(L, n, r, h, c, k); }' \
		'int lua_error(lua_State *L) { return fence_door_error(L); }' \
		'_Noreturn void exit(int status) { fence_door_exit(status); }' \
		| gcc -O2 -c -x c $$(pkg-config --cflags lua5.4) - -o doors.o; \
	echo 'const char fence_layout_was_found = 1;' | gcc -c -x c - -o known.o; \
	cd $(CURDIR); flags="-ISources/CFence -ISources/CFence/include -ISources/CKernel/include $$(pkg-config --cflags lua5.4)"; \
	printf '%s\n' '#include "layout.h"' 'int main(void) { return !fence_knows_layout() || !fence_knows_hooks(); }' \
		| gcc -O1 $$flags -o $(STATIC)/probe -x c - Sources/CFence/layout.c -x none "$$archive" -lm -ldl; \
	cd $(STATIC); known=; if ./probe; then known=known.o; fi; \
	mv lua.o plain.o; ld -r -o lua.o plain.o doors.o $$known
	@rm -f $(STATIC)/liblua5.4.a && ar rc $(STATIC)/liblua5.4.a
	@printf 'Name: Lua\nDescription: $(STATIC)/lua.o\nVersion: %s\nCflags: %s\nLibs: -L%s -llua5.4\n' \
		"$$(pkg-config --modversion lua5.4)" "$$(pkg-config --cflags lua5.4)" $(STATIC) >$@

build: check $(STATIC)/lua5.4.pc ## build .build/release/luaconc; installs nothing
	@touch -a $(ORDER)
	$(SWIFT) build -c release --product luaconc $(LINK) $(OPTIMIZE)
	@if [[ $(BINARY) -nt $(STATIC)/ordered ]]; then \
		gcc -O1 -o $(STATIC)/order Layout/order.c; \
		if $(STATIC)/order $(BINARY) -e "" + -e $(STARTS) + Layout/uses.lua </dev/null >$(ORDER).new 2>/dev/null; then \
			mv $(ORDER).new $(ORDER); rm $(BINARY); \
			$(SWIFT) build -c release --product luaconc $(LINK) $(OPTIMIZE); \
		fi; \
	fi
	@touch -r $(BINARY) $(STATIC)/ordered

run: setup ## install what is missing, build and run scripts/repeater.lua; for ten seconds: make run SECONDS=10
	@$(MAKE) build
	$(BINARY) scripts/repeater.lua $(SECONDS) $(ARGS)

TEST = $(SWIFT) test --skip-build --disable-xctest $(if $(FILTER),--filter '$(FILTER)') $(ARGS)

test: setup ## install what is missing, build and run every test, those with programs on the release build; some: make test FILTER=Channel
	@$(MAKE) build
	$(SWIFT) build --package-path Jobs --build-tests
	@# The tests of luaconc-jobs wait most of the time, in which the others are built.
	@log=$$(mktemp); status=0; \
	$(TEST) --package-path Jobs >$$log 2>&1 & tests=$$!; \
	$(SWIFT) build --build-tests || status=1; \
	wait $$tests || status=1; \
	cat $$log; rm $$log; exit $$status
	LUACONC_BINARY=$(CURDIR)/$(BINARY) $(TEST)

# Lua projects whose suites are run, and what those need. They are no part of the set-up.
COMPATIBLE := lua-busted lua-cqueues lua-luaossl dpkg-dev

test-compat: ## run the suites of other Lua projects beside lua5.4; some: make test-compat ARGS=lpeg
	@$(MAKE) setup PACKAGES='$(PACKAGES) $(COMPATIBLE)'
	@$(MAKE) build
	$(BINARY) Tests/Compatibility/run.lua .build/compatibility $(ARGS)

cluster-proof: setup ## kill servers and workers of a cluster, and cut a link (as root), under 1,000 jobs; some: make cluster-proof ARGS=deaths
	@$(MAKE) build
	$(BINARY) Tests/Cluster/proofs.lua full $(ARGS)

examples: ## build and run the Swift programs in Examples
	@$(MAKE) setup PACKAGES='$(PACKAGES) libjpeg-dev curl'
	Examples/run

JOBS := Jobs/.build/release/luaconc-jobs

jobs: setup ## build luaconc-jobs and run the folder Jobs/Examples for a minute; shorter: make jobs SECONDS=10
	@$(MAKE) build-jobs
	Jobs/run-examples $(JOBS) $(SECONDS)

# Swift's library inside: it runs where no Swift is installed.
build-jobs:
	@$(MAKE) check PACKAGES='$(BUILD_PACKAGES) libsqlite3-dev'
	$(SWIFT) build -c release --static-swift-stdlib --package-path Jobs --product luaconc-jobs

bench: build ## measure luaconc beside its peers; some: make bench ARGS=channel
	$(SWIFT) run -c release --package-path Benchmarks bench $(ARGS)

format: ## lay out the Swift sources
	$(SWIFT) format -i -r $(FORMATTED)

lint: ## check the layout of the Swift sources
	$(SWIFT) format lint --strict -r $(FORMATTED)

# Under sudo nothing is built: root may have no Swift in PATH, and should leave no files among the user's.
install: $(if $(and $(SUDO_USER),$(wildcard $(BINARY))),,build) ## install into PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 -s $(BINARY) $(DESTDIR)$(PREFIX)/bin/luaconc
	@$(MAKE) install-data

SHARE = $(DESTDIR)$(PREFIX)/share

install-data:
	install -d $(SHARE)/luaconc/types $(SHARE)/man/man1 $(SHARE)/bash-completion/completions \
		$(ZSH_FUNCTIONS) $(SHARE)/fish/vendor_completions.d
	install -m 644 types/*.lua $(SHARE)/luaconc/types
	install -m 644 packaging/luaconc.1 $(SHARE)/man/man1
	install -m 644 packaging/completions/luaconc.bash $(SHARE)/bash-completion/completions/luaconc
	install -m 644 packaging/completions/_luaconc $(ZSH_FUNCTIONS)
	install -m 644 packaging/completions/luaconc.fish $(SHARE)/fish/vendor_completions.d

ZSH_FUNCTIONS = $(SHARE)/zsh/site-functions

install-jobs: $(if $(and $(SUDO_USER),$(wildcard $(JOBS))),,build-jobs) ## install luaconc-jobs into PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/man/man1 $(SHARE)/luaconc-jobs $(SHARE)/bash-completion/completions \
		$(ZSH_FUNCTIONS) $(SHARE)/fish/vendor_completions.d
	install -m 755 -s $(JOBS) $(DESTDIR)$(PREFIX)/bin/luaconc-jobs
	install -m 644 Jobs/luaconc-jobs.1 $(SHARE)/man/man1
	sed 's|/usr/local/bin|$(PREFIX)/bin|' Jobs/luaconc-jobs.service >$(SHARE)/luaconc-jobs/luaconc-jobs.service
	$(JOBS) --generate-completion-script bash >$(SHARE)/bash-completion/completions/luaconc-jobs
	$(JOBS) --generate-completion-script zsh >$(ZSH_FUNCTIONS)/_luaconc-jobs
	$(JOBS) --generate-completion-script fish >$(SHARE)/fish/vendor_completions.d/luaconc-jobs.fish

uninstall: ## remove from PREFIX what install put there
	rm -rf $(DESTDIR)$(PREFIX)/bin/luaconc $(SHARE)/luaconc $(SHARE)/man/man1/luaconc.1 \
		$(SHARE)/bash-completion/completions/luaconc $(ZSH_FUNCTIONS)/_luaconc \
		$(SHARE)/fish/vendor_completions.d/luaconc.fish

uninstall-jobs: ## remove from PREFIX what install-jobs put there
	rm -rf $(DESTDIR)$(PREFIX)/bin/luaconc-jobs $(SHARE)/luaconc-jobs $(SHARE)/man/man1/luaconc-jobs.1 \
		$(SHARE)/bash-completion/completions/luaconc-jobs $(ZSH_FUNCTIONS)/_luaconc-jobs \
		$(SHARE)/fish/vendor_completions.d/luaconc-jobs.fish

# What the package holds lies in a folder whose owner root is only said to be.
DEB := .build/deb

deb: build ## build a Debian package: .build/luaconc_*.deb
	@rm -rf $(DEB)
	@$(MAKE) install-data DESTDIR=$(CURDIR)/$(DEB) PREFIX=/usr ZSH_FUNCTIONS=$(CURDIR)/$(DEB)/usr/share/zsh/vendor-completions
	@packaging/deb.sh $(BINARY) $(DEB) .build

clean: ## remove what the builds left
	rm -rf .build .build-asan .build-tsan .build-examples Benchmarks/.build Benchmarks/Embedding/.build Jobs/.build
