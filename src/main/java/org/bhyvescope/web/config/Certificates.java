package org.bhyvescope.web.config;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.util.ArrayList;
import java.util.List;

/** Certificates from a PEM text, and whether a key belongs to one. */
final class Certificates {
    private static final byte[] ANYTHING = {1, 2, 3};

    private Certificates() {}

    /** All of a text, at least one. */
    static List<X509Certificate> of(String text) throws BadFileException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Pem block : Pem.blocks(text)) {
            if (block.label().equals("CERTIFICATE")
                    || block.label().equals("X509 CERTIFICATE")
                    || block.label().equals("TRUSTED CERTIFICATE")) {
                certificates.add(certificate(block.der(), certificates.size() + 1));
            }
        }
        if (certificates.isEmpty()) {
            throw new BadFileException("holds no certificate; it must be PEM, with a line -----BEGIN CERTIFICATE-----");
        }
        return certificates;
    }

    private static X509Certificate certificate(byte[] der, int number) throws BadFileException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new BadFileException(
                    "has a certificate (number " + number + ") that cannot be read: " + e.getMessage());
        }
    }

    /** Whether what the one signs is what the other verifies. */
    static boolean belongs(PrivateKey key, PublicKey to) {
        if (key instanceof RSAKey ours && to instanceof RSAKey theirs) {
            return ours.getModulus().equals(theirs.getModulus());
        }
        String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "EdDSA";
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(ANYTHING);
            byte[] signed = signature.sign();
            signature.initVerify(to);
            signature.update(ANYTHING);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
