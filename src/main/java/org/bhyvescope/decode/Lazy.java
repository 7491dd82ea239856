package org.bhyvescope.decode;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A table that is loaded when it is first asked for, once, from any thread. */
final class Lazy<T> implements Supplier<T> {
    private final Supplier<T> source;
    private volatile @Nullable T value;

    Lazy(Supplier<T> source) {
        this.source = source;
    }

    @Override
    public T get() {
        T found = value;
        if (found == null) {
            synchronized (this) {
                found = value;
                if (found == null) {
                    found = Objects.requireNonNull(source.get());
                    value = found;
                }
            }
        }
        return found;
    }
}
