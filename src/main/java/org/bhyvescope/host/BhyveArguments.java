package org.bhyvescope.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What bhyve's arguments tell, for FreeBSD 12 to 15. Options become settings as in bhyve itself (bhyve_config(5)), in their order,
 * so that a file of {@code -k} and an {@code -o} are no special case.
 *
 * @param vmName the last argument, or else the setting {@code name}
 * @param passthrough the host's devices that the guest has, each {@code pci0:3:0:0} or {@code ppt3}, in the order of the settings
 * @param memoryWired {@code -S}: guest memory is wired
 * @param exitsOnHlt {@code -H}: the guest's HLT leaves the guest
 * @param exitsOnPause {@code -P}: the guest's PAUSE leaves the guest
 */
public record BhyveArguments(
        Optional<String> vmName,
        List<String> passthrough,
        boolean memoryWired,
        boolean exitsOnHlt,
        boolean exitsOnPause) {
    /**
     * Options with an argument, of all releases: usr.sbin/bhyve/bhyverun.c (12 to 14), amd64/bhyverun_machdep.c (15). -g is 12's, -r
     * is in builds with snapshots, -n is expected of later ones.
     */
    private static final String WITH_ARGUMENT = "cfgGkKlmnoprsU";

    private static final String NAME = "name";
    private static final String WIRED = "memory.wired";
    private static final String ON_HLT = "x86.vmexit_on_hlt";
    private static final String ON_PAUSE = "x86.vmexit_on_pause";

    /** Slot, slot and function, or bus, slot and function. */
    private static final Pattern SLOT = Pattern.compile("(?:(\\d+):(?=\\d+:))?(\\d+)(?::(\\d+))?");

    private static final Pattern PPT = Pattern.compile("ppt\\d+");

    /** {@code pci0:3:0:0}, {@code pci3:0:0} and {@code 3/0/0}. */
    private static final Pattern HOST_DEVICE =
            Pattern.compile("(?:pci0:(\\d+):(\\d+):(\\d+)|pci(\\d+):(\\d+):(\\d+)|(\\d+)/(\\d+)/(\\d+))");

    private static final Pattern DEVICE = Pattern.compile("(pci\\.\\d+\\.\\d+\\.\\d+)\\.device");

    public BhyveArguments {
        passthrough = List.copyOf(passthrough);
    }

    /**
     * Reads an argument vector.
     *
     * @param argv the program first; empty once bhyve's title has taken its place
     * @param files the text of a file that -k names; empty if it cannot be read
     */
    public static BhyveArguments parse(List<String> argv, Function<String, Optional<String>> files) {
        Map<String, String> settings = new LinkedHashMap<>();
        String last = "";
        boolean options = true;
        for (int i = 1; i < argv.size(); i++) {
            String word = argv.get(i);
            if (options && word.equals("--")) {
                options = false;
            } else if (!options || !word.startsWith("-") || word.length() == 1) {
                // bhyve takes only one such; more are the pieces of a text that was split at a blank of a file's name.
                last = word;
            } else if (needsNext(word)) {
                i++;
                option(word.charAt(word.length() - 1), i < argv.size() ? argv.get(i) : "", settings, files);
            }
            if (options && word.startsWith("-")) {
                letters(word, settings, files);
            }
        }
        if (!last.isEmpty()) {
            settings.put(NAME, last);
        }
        return of(settings);
    }

    /** A command line as ps(1) prints it, split at its blanks. */
    static List<String> split(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split(" +", -1));
    }

    /** Whether the last letter of a group takes the next word. */
    private static boolean needsNext(String word) {
        for (int i = 1; i < word.length(); i++) {
            if (WITH_ARGUMENT.indexOf(word.charAt(i)) >= 0) {
                return i == word.length() - 1;
            }
        }
        return false;
    }

    /** The letters of a group: flags, and one option with what is glued to it. */
    private static void letters(String word, Map<String, String> settings, Function<String, Optional<String>> files) {
        for (int i = 1; i < word.length(); i++) {
            char letter = word.charAt(i);
            if (WITH_ARGUMENT.indexOf(letter) >= 0) {
                if (i < word.length() - 1) {
                    option(letter, word.substring(i + 1), settings, files);
                }
                return;
            }
            switch (letter) {
                case 'S' -> settings.put(WIRED, "true");
                case 'H' -> settings.put(ON_HLT, "true");
                case 'P' -> settings.put(ON_PAUSE, "true");
                default -> {}
            }
        }
    }

    private static void option(
            char letter, String value, Map<String, String> settings, Function<String, Optional<String>> files) {
        switch (letter) {
            case 'k' -> files.apply(value).ifPresent(text -> text.lines().forEach(line -> setting(line, settings)));
            case 'o' -> setting(value, settings);
            case 's' -> slot(value, settings);
            default -> {}
        }
    }

    private static void setting(String line, Map<String, String> settings) {
        int equals = line.indexOf('=');
        if (equals > 0 && !line.startsWith("#")) {
            settings.put(
                    line.substring(0, equals).strip(),
                    line.substring(equals + 1).strip());
        }
    }

    private static void slot(String value, Map<String, String> settings) {
        String[] parts = value.split(",", -1);
        Matcher slot = SLOT.matcher(parts[0]);
        if (parts.length < 3 || !parts[1].equals("passthru") || !slot.matches()) {
            return;
        }
        String device = "pci." + orZero(slot.group(1)) + "." + slot.group(2) + "." + orZero(slot.group(3));
        Matcher host = HOST_DEVICE.matcher(parts[2]);
        if (PPT.matcher(parts[2]).matches()) {
            settings.put(device + ".pptdev", parts[2]);
        } else if (host.matches()) {
            int first = host.group(1) != null ? 1 : host.group(4) != null ? 4 : 7;
            settings.put(device + ".bus", host.group(first));
            settings.put(device + ".slot", host.group(first + 1));
            settings.put(device + ".func", host.group(first + 2));
        }
        settings.put(device + ".device", parts[1]);
    }

    private static String orZero(@Nullable String number) {
        return number == null ? "0" : number;
    }

    private static BhyveArguments of(Map<String, String> settings) {
        List<String> passthrough = new ArrayList<>();
        settings.forEach((key, value) -> {
            Matcher device = DEVICE.matcher(key);
            if (value.equals("passthru") && device.matches()) {
                selector(device.group(1), settings).ifPresent(passthrough::add);
            }
        });
        return new BhyveArguments(
                Optional.ofNullable(settings.get(NAME)).filter(name -> !name.isEmpty()),
                passthrough,
                isOn(settings, WIRED),
                isOn(settings, ON_HLT),
                isOn(settings, ON_PAUSE));
    }

    private static Optional<String> selector(String device, Map<String, String> settings) {
        String ppt = settings.getOrDefault(device + ".pptdev", "");
        if (PPT.matcher(ppt).matches()) {
            return Optional.of(ppt);
        }
        String place = String.join(
                ":",
                settings.getOrDefault(device + ".bus", ""),
                settings.getOrDefault(device + ".slot", ""),
                settings.getOrDefault(device + ".func", ""));
        return place.matches("\\d+:\\d+:\\d+") ? Optional.of("pci0:" + place) : Optional.empty();
    }

    /** As usr.sbin/bhyve/config.c reads a boolean. */
    private static boolean isOn(Map<String, String> settings, String key) {
        return settings.getOrDefault(key, "").toLowerCase(Locale.ROOT).matches("true|on|yes|1");
    }
}
