# libarchive as a static archive: of its shared library and the fourteen behind it, ICU among them,
# a program that reads no package would only have the start. The compressors may be there without
# their development packages, as libarchive itself needs them.
find_library(KPS_LIBARCHIVE libarchive.a REQUIRED)
find_library(KPS_LIBBZ2 NAMES libbz2.a libbz2.so libbz2.so.1.0 REQUIRED)
find_library(KPS_LIBLZ4 NAMES liblz4.a liblz4.so liblz4.so.1 REQUIRED)
find_library(KPS_LIBLZMA liblzma.a REQUIRED)
find_library(KPS_LIBZSTD libzstd.a REQUIRED)
find_library(KPS_LIBZ libz.a REQUIRED)
add_library(kps_libarchive INTERFACE)
target_link_libraries(kps_libarchive INTERFACE
  ${KPS_LIBARCHIVE} ${KPS_LIBBZ2} ${KPS_LIBLZ4} ${KPS_LIBLZMA} ${KPS_LIBZSTD} ${KPS_LIBZ})
