// A client for the conformance kit with golang.org/x/oauth2: signs in, and prints the access token.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"golang.org/x/oauth2"
)

func main() {
	config := &oauth2.Config{
		ClientID: os.Getenv("CLIENT_ID"),
		Scopes:   strings.Split(os.Getenv("SCOPE"), " "),
		Endpoint: oauth2.Endpoint{
			DeviceAuthURL: os.Getenv("DEVICE_AUTHORIZATION_ENDPOINT"),
			TokenURL:      os.Getenv("TOKEN_ENDPOINT"),
			AuthStyle:     oauth2.AuthStyleInParams,
		},
	}
	device, err := config.DeviceAuth(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(os.Stderr, "Open", device.VerificationURI, "and enter", device.UserCode)
	token, err := config.DeviceAccessToken(context.Background(), device)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.AccessToken)
}
