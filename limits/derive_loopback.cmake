# derive_loopback.cmake - writes OUTPUT, the policy "loopback", from INPUT, default.json: the same but
# that sockets of AF_INET and AF_INET6 can be made, and the two options that servers set on them. For
# a sandbox whose network is its own loopback: with `default` it could not be used.
file(READ ${INPUT} policy)
string(JSON count LENGTH "${policy}" syscalls)
math(EXPR last "${count} - 1")
set(opened 0)
foreach(i RANGE ${last})
  string(JSON name GET "${policy}" syscalls ${i} names 0)
  if(NOT name STREQUAL "socket")
    continue()
  endif()
  string(JSON family GET "${policy}" syscalls ${i} args 0 valueTwo)
  if(family EQUAL 2 OR family EQUAL 10) # AF_INET, AF_INET6
    string(JSON policy SET "${policy}" syscalls ${i} action "\"SCMP_ACT_ALLOW\"")
    string(JSON policy REMOVE "${policy}" syscalls ${i} errnoRet)
    math(EXPR opened "${opened} + 1")
  endif()
endforeach()
if(NOT opened EQUAL 2)
  message(FATAL_ERROR "${INPUT}: ${opened} rules for AF_INET and AF_INET6 sockets, not 2")
endif()
foreach(option "6 1" "41 26") # IPPROTO_TCP TCP_NODELAY, IPPROTO_IPV6 IPV6_V6ONLY
  separate_arguments(option)
  list(GET option 0 level)
  list(GET option 1 name)
  string(JSON policy SET "${policy}" syscalls ${count} "{
    \"names\": [\"setsockopt\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [
      {\"index\": 1, \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": 4294967295, \"valueTwo\": ${level}},
      {\"index\": 2, \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": 4294967295, \"valueTwo\": ${name}}]}")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "${policy}")
