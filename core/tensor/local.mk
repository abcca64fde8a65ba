# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT

core_libtransect_la_SOURCES += \
	core/tensor/arithmetic.c \
	core/tensor/arithmetic.h \
	core/tensor/bfloat16-tiles.c \
	core/tensor/bfloat16-tiles.h \
	core/tensor/bfloat16-weights.c \
	core/tensor/bfloat16-weights.h \
	core/tensor/blas-room.c \
	core/tensor/blas-room.h \
	core/tensor/dtype.c \
	core/tensor/dtype.h \
	core/tensor/float32-cache.c \
	core/tensor/float32-cache.h \
	core/tensor/gemm-rate.c \
	core/tensor/gemm-rate.h \
	core/tensor/linalg.c \
	core/tensor/linalg.h \
	core/tensor/linear.c \
	core/tensor/linear.h \
	core/tensor/machine.c \
	core/tensor/machine.h \
	core/tensor/order-statistics.c \
	core/tensor/order-statistics.h \
	core/tensor/row-product.c \
	core/tensor/row-product.h \
	core/tensor/row-tiles.c \
	core/tensor/row-tiles.h \
	core/tensor/scratch.c \
	core/tensor/scratch.h \
	core/tensor/svd.c \
	core/tensor/svd.h \
	core/tensor/tensor-table.c \
	core/tensor/tensor-table.h \
	core/tensor/thread-team.c \
	core/tensor/thread-team.h
EXTRA_DIST += core/tensor/README.md
