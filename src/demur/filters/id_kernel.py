from numba import njit
@njit(cache=True, nogil=True)
def is_valid_id(rule, symbols, start, end):
    return False
