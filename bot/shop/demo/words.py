"""Names, streets and review sentences of the demo shop; everything is invented."""

FIRST_NAMES_TEXT = (
    "Aisha Alan Alice Amara Amir Andrew Anna Arjun Beatrice Ben Bethan Callum Caroline Cerys Charlotte Chloe Claire "
    "Connor Daisy Daniel David Deepa Diana Dylan Edward Eleanor Ella Emily Esther Ewan Farah Finn Fiona Flora Freya "
    "Gareth George Gina Grace Hamza Hannah Harriet Harry Helen Holly Hugh Ian Imogen Iris Isaac Isla Ivan Jack Jamal "
    "James Jasmine Jenny Joan Joe Jonas Joseph Julia Karen Kate Keira Kiran Laura Leah Leo Lewis Liam Lily Lina Louis "
    "Lucy Luke Mabel Malik Maria Mark Martha Matthew Mei Mia Michael Mina Molly Morgan Nadia Naomi Nathan Niall Nina "
    "Noah Nora Oliver Omar Orla Oscar Patrick Paul Peter Petra Phoebe Priya Rachel Rafael Ravi Rebecca Rhys Robert "
    "Rosa Rowan Ruby Ruth Ryan Samir Sara Sean Simon Sinead Stella Stephen Sunita Susan Tamsin Tara Theo Thomas Toby "
    "Uma Vera Victor Violet Wendy Will Xin Yara Yusuf Zara Zoe"
)
LAST_NAMES_TEXT = (
    "Abbott Ahmed Allen Anderson Bailey Baker Banks Barker Begum Bell Bennett Bishop Blake Bowen Brooks Burns Butler "
    "Campbell Carr Carter Chandra Chapman Chen Clarke Cole Collins Cooper Cross Dalton Davies Dawson Dean Dixon Doyle "
    "Drake Edwards Ellis Evans Farrell Fisher Fleming Foster Fox Fraser Gibson Gill Graham Grant Green Griffin Hall "
    "Hardy Harper Harris Hart Hayes Heath Higgins Hill Holmes Hughes Hunt Hussain Irving Jackson James Jenkins Jones "
    "Kaur Kelly Khan King Knight Kowalski Lamb Lane Lawson Lee Lewis Lloyd Lowe Lynch Marsh Martin Mason May Miller "
    "Mistry Moore Morgan Morris Murphy Murray Nash Newton Novak Nowak Osborne Owen Palmer Park Parker Patel Payne "
    "Pearce Perry Pope Porter Power Price Quinn Ray Reed Reid Rhodes Rice Roberts Rose Rowe Ryan Scott Shah Sharp "
    "Shaw Singh Slater Smith Spencer Stone Sutton Swift Taylor Thorpe Todd Turner Vaughan Wade Walker Walsh Ward "
    "Watson Webb West White Wilson Wood Wright Young"
)
FIRST_NAMES = FIRST_NAMES_TEXT.split()
LAST_NAMES = LAST_NAMES_TEXT.split()
STREETS = (
    "Harbour Street",
    "Chapel Lane",
    "Station Road",
    "Orchard Close",
    "Mill Hill",
    "Church Row",
    "Quay Side",
    "Victoria Terrace",
    "Elm Grove",
    "Castle View",
    "Rope Walk",
    "Meadow Way",
    "Park Crescent",
    "High Street",
    "Beech Avenue",
    "Priory Gardens",
)
TOWNS = (
    ("Bristol", "BS"),
    ("Leeds", "LS"),
    ("Norwich", "NR"),
    ("Cardiff", "CF"),
    ("York", "YO"),
    ("Exeter", "EX"),
    ("Edinburgh", "EH"),
    ("Glasgow", "G"),
    ("Brighton", "BN"),
    ("Sheffield", "S"),
    ("Newcastle upon Tyne", "NE"),
    ("Bath", "BA"),
    ("Oxford", "OX"),
    ("Belfast", "BT"),
    ("Plymouth", "PL"),
    ("Manchester", "M"),
)
PAYMENTS = ("Visa ending 4242", "Mastercard ending 5454", "PayPal", "Apple Pay", "American Express ending 1009")
CARRIERS = (("Royal Mail", "RM"), ("DPD", "DP"))
REASONS = (
    "too small",
    "too large",
    "not as pictured",
    "arrived damaged",
    "changed my mind",
    "the wrong product came",
    "faulty",
    "the colour is different from the photo",
)
GOOD_REVIEWS = (
    "Exactly as described and beautifully made.",
    "Even nicer than in the pictures. I have ordered a second one.",
    "Bought it as a present and was sorely tempted to keep it.",
    "Lovely quality, arrived quickly and well packed.",
    "A year on it still looks new. Worth every penny.",
    "My whole family fights over it. Very happy.",
    "The colour is gorgeous and it feels solid.",
    "Simple, well thought out and a pleasure to use every day.",
    "So pleased with this. The packaging had no plastic at all, which I loved.",
    "Great value, and customer service answered my question within the hour.",
)
FAIR_REVIEWS = (
    "Nice enough, though smaller than I expected.",
    "Good quality but the delivery took longer than promised.",
    "It does the job. The colour is a little duller than in the photo.",
    "Fine for the price, not something to get excited about.",
    "I like it, but the instructions were hard to follow.",
)
POOR_REVIEWS = (
    "Arrived with a chip and I had to send it back. Disappointing.",
    "Looked cheap out of the box. Not worth the money.",
    "Broke after two weeks. I expected far better.",
    "Completely the wrong size, even though I followed the guide.",
    "The finish came off after the first wash. Very unhappy.",
    "Took three weeks to arrive and nobody could tell me why.",
)
