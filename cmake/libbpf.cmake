# libbpf and what it needs as static archives: the agent is static, and kps behaves the same wherever
# it was built.
find_library(KPS_LIBBPF libbpf.a REQUIRED)
find_library(KPS_LIBELF libelf.a REQUIRED)
find_library(KPS_LIBZ libz.a REQUIRED)
add_library(kps_libbpf INTERFACE)
target_link_libraries(kps_libbpf INTERFACE ${KPS_LIBBPF} ${KPS_LIBELF} ${KPS_LIBZ})
